import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.ProxyServer;
import io.wunderproxy.proxy.admission.CapacityOptions;
import io.wunderproxy.proxy.exchange.ClientTimeouts;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.rules.FrontOptions;
import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.rules.TrustedProxies;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import sun.misc.Signal;

/**
 * Starts only the proxy, in front of one backend:
 * {@code StartProxy directory-with-cert.pem-and-key.pem address tls-address backend-ip:port}. On SIGHUP it switches, to
 * the same address as if it were another backend.
 */
public class StartProxy {
    public static void main(String[] arguments) throws InterruptedException {
        var directory = Path.of(arguments[0]);
        var address = arguments[3].split(":");
        var active = new AppBackends();
        var number = new AtomicInteger();
        Runnable next = () -> active.switchTo(
                new Backend("bench-" + number.incrementAndGet(), address[0], Integer.parseInt(address[1])));
        next.run();
        Signal.handle(new Signal("HUP"), signal -> next.run());
        var certificate = new TlsOptions.PemFiles(directory.resolve("cert.pem"), directory.resolve("key.pem"));
        var tls = new TlsOptions(
                ListenAddress.parse(arguments[2]),
                List.of(certificate),
                false,
                Duration.ZERO,
                Duration.ofMinutes(1));
        var listener = new ProxyOptions.Listener(
                ListenAddress.parse(arguments[1]),
                tls,
                2,
                true,
                HeadLimits.DEFAULT,
                ClientTimeouts.DEFAULT,
                CapacityOptions.DEFAULT,
                TrustedProxies.NONE,
                FrontOptions.DEFAULT,
                PeerOptions.NONE,
                null,
                ProxyOptions.Listener.defaultTemporary());
        var options = new ProxyOptions(listener, ProxyOptions.Application.DEFAULT);
        System.out.println(new ProxyServer(options, active, new TrafficStats()).start());
        Thread.currentThread().join();
    }
}
