package io.wunderproxy.container;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.InspectImageResponse;
import com.github.dockerjava.api.model.AuthConfig;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.PullResponseItem;
import com.github.dockerjava.api.model.WaitResponse;
import com.github.dockerjava.core.DockerConfigFile;
import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import com.oracle.svm.core.annotate.TargetElement;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;

/** Registers what docker-java reads and writes as JSON: responses that {@link EngineCalls} gets, and the user's registries. */
@RegisterForReflection(
        targets = {
            Container.class,
            InspectContainerResponse.class,
            InspectImageResponse.class,
            PullResponseItem.class,
            WaitResponse.class,
            AuthConfig.class,
            DockerConfigFile.class
        },
        registerFullHierarchy = true)
final class DockerJavaNativeImage {

    private DockerJavaNativeImage() {}
}

/** Makes docker-java use the JDK's Unix sockets; its other way to them is JNA, which is not there. */
@TargetClass(className = "com.github.dockerjava.transport.UnixSocket")
final class UnixSocketOfTheJdk {

    @Alias
    @TargetElement(name = TargetElement.CONSTRUCTOR_NAME)
    UnixSocketOfTheJdk(String path) {}

    @Substitute
    public static Socket get(String path) {
        return (Socket) (Object) new UnixSocketOfTheJdk(path);
    }
}

/** Leaves out named pipes, a way to Docker on Windows over JNA. */
@TargetClass(className = "com.github.dockerjava.transport.NamedPipeSocket")
final class NoNamedPipeSocket {

    @Substitute
    public void connect(SocketAddress address, int timeout) throws IOException {
        throw new IOException("no named pipes on this system: " + address);
    }
}
