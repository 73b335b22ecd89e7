package io.wunderproxy;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.wunderproxy.testkit.Pace;
import io.wunderproxy.testkit.Patience;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** Holds what keeps the tests fast and certain: they wait for conditions, never for time, and never forever. */
class TestHabitsTest {
    /** Without the libraries that they use, which would take longer to read than all of them. */
    private static final JavaClasses TESTS = ArchConfiguration.withThreadLocalScope(configuration -> {
        configuration.setResolveMissingDependenciesFromClassPath(false);
        return new ClassFileImporter()
                .withImportOption(new ImportOption.OnlyIncludeTests())
                .importPackages("io.wunderproxy");
    });

    @Test
    void time_passes_only_at_the_pace_of_what_is_slow_by_nature() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(Pace.class.getName())
                .should()
                .callMethodWhere(describe(
                        "sleep",
                        call -> call.getName().equals("sleep")
                                && Set.of(Thread.class.getName(), TimeUnit.class.getName())
                                        .contains(call.getTargetOwner().getName())))
                .because("a test waits for a condition, or lets the time pass that it has given to what it tests")
                .check(TESTS);
    }

    @Test
    void nothing_spins() {
        noClasses()
                .should()
                .callMethod(Thread.class, "onSpinWait")
                .because("it takes the processor from what it waits for, without a limit")
                .check(TESTS);
    }

    @Test
    void no_wait_is_without_a_limit() {
        noClasses()
                .should()
                .callMethod(CountDownLatch.class, "await")
                .because("Patience.await fails when the event is lost")
                .check(TESTS);
    }

    /** OptionsIT distinguishes a timeout that was given from its default. */
    @Test
    void there_are_two_limits() {
        noClasses()
                .that()
                .doNotHaveSimpleName("OptionsIT")
                .should()
                .callMethodWhere(describe(
                        "wait for a time of their own",
                        call -> call.getTargetOwner().isEquivalentTo(ConditionFactory.class)
                                && call.getName().equals("atMost")
                                && call.getOrigin().getFieldAccesses().stream()
                                        .noneMatch(access ->
                                                access.getTargetOwner().isEquivalentTo(Patience.class))))
                .because("Patience.SOON is the default, and Patience.LONG is for what starts processes")
                .check(TESTS);
    }
}
