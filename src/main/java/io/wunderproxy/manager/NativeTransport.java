package io.wunderproxy.manager;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.spi.transport.Transport;

/** Restores Vert.x's native transport, which Quarkus takes out of native images: the manager needs epoll for Unix sockets. */
@TargetClass(VertxBuilder.class)
final class NativeTransport {

    @Alias
    private VertxOptions options;

    @Alias
    private Transport transport;

    @Substitute
    private void initTransport() {
        if (transport == null) {
            var epoll = new EpollTransport();
            transport = options.getPreferNativeTransport() && epoll.isAvailable() ? epoll : JDKTransport.INSTANCE;
        }
    }
}
