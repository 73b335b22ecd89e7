import io.wunderproxy.proxy.ActiveBackend;
import io.wunderproxy.proxy.Backend;
import io.wunderproxy.proxy.ListenAddress;
import io.wunderproxy.proxy.ProxyOptions;
import io.wunderproxy.proxy.ProxyServer;
import io.wunderproxy.proxy.TrafficStats;

/** Starts only the proxy, in front of one backend: {@code StartProxy listen-address backend-ip:port}. */
public class StartProxy {
    public static void main(String[] arguments) throws InterruptedException {
        var backend = arguments[1].split(":");
        var active = new ActiveBackend();
        active.switchTo(new Backend("bench", backend[0], Integer.parseInt(backend[1])));
        var options = ProxyOptions.builder()
                .listen(ListenAddress.parse(arguments[0]))
                .eventLoops(2)
                .accessLog(null)
                .build();
        System.out.println(new ProxyServer(options, active, new TrafficStats()).start());
        Thread.currentThread().join();
    }
}
