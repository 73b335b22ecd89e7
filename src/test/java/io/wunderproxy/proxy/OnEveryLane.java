package io.wunderproxy.proxy;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.BeforeClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The tests of this class run once for each {@link Lane}, which {@link TestProxy#start} starts its proxies with. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(OnEveryLane.Lanes.class)
public @interface OnEveryLane {

    /** One invocation of the class for each lane. */
    final class Lanes implements ClassTemplateInvocationContextProvider {
        @Override
        public boolean supportsClassTemplate(ExtensionContext context) {
            return true;
        }

        @Override
        public Stream<ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(ExtensionContext context) {
            return Arrays.stream(Lane.values()).map(Lanes::invocationOn);
        }

        private static ClassTemplateInvocationContext invocationOn(Lane lane) {
            return new ClassTemplateInvocationContext() {
                @Override
                public String getDisplayName(int number) {
                    return lane.name();
                }

                @Override
                public List<Extension> getAdditionalExtensions() {
                    BeforeClassTemplateInvocationCallback use = context -> lane.use();
                    return List.of(use);
                }
            };
        }
    }
}
