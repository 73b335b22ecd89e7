package io.wunderproxy.manager;

import com.oracle.svm.core.annotate.Alias;
import com.oracle.svm.core.annotate.Substitute;
import com.oracle.svm.core.annotate.TargetClass;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.spi.transport.Transport;

/**
 * Quarkus takes Vert.x's native transport out of native images. It is put back: only with epoll does the manager listen on
 * Unix sockets.
 */
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
