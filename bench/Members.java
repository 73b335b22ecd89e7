import com.fasterxml.jackson.databind.node.MissingNode;
import com.sun.net.httpserver.HttpServer;
import io.wunderproxy.api.BackendTraffic;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.GateView;
import io.wunderproxy.api.Status;
import io.wunderproxy.api.TimesView;
import io.wunderproxy.api.TrafficCounters;
import io.wunderproxy.api.TrafficView;
import io.wunderproxy.fleet.ConsumedUnits;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.fleet.Member;
import io.wunderproxy.fleet.Membership;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A fleet without hosts: {@code Members table bucket prefix members minutes command...}. Each member keeps its item as an agent does, with
 * the agent's own code; one HTTP server on the addresses 127.1.x.y responds for all their managers. Prints what that takes of
 * DynamoDB, and what the command takes of this machine.
 */
public class Members {
    /** List prices of on-demand tables, us-east-1, 2026, USD for a million request units. Check them: they change. */
    private static final double MILLION_WRITES = 0.625;

    private static final double MILLION_READS = 0.125;
    private static final double MINUTES_A_MONTH = 730 * 60;

    private static final Duration INTERVAL = Duration.ofSeconds(30);
    private static final String HASH = "d41f5e6e0c1b2a39485766554433221ad41f5e6e0c1b2a39485766554433221a";

    public static void main(String[] arguments) throws Exception {
        var table = arguments[0];
        var fleet = FleetTable.fleet(arguments[1], arguments[2]);
        var members = Integer.parseInt(arguments[3]);
        var minutes = Integer.parseInt(arguments[4]);
        var command = List.of(arguments).subList(5, arguments.length);
        var managers = managers();
        // The members run until the program ends.
        var shared = FleetTable.open(table, fleet);
        var learned = new AtomicInteger();
        for (var i = 0; i < members; i++) {
            new Membership(shared, INTERVAL).start(host(i, managers, learned));
            Thread.sleep(INTERVAL.dividedBy(members));
        }
        while (learned.get() < members) {
            Thread.sleep(100);
        }
        var before = shared.consumed();
        Thread.sleep(Duration.ofMinutes(minutes));
        var after = shared.consumed();
        var writes = (after.writes() - before.writes()) / minutes;
        var reads = (after.reads() - before.reads()) / minutes;
        print("members", "%,d, each telling of itself every %d s", members, INTERVAL.toSeconds());
        print("writes", "%,.0f units a minute", writes);
        print("reads", "%,.0f units a minute", reads);
        print("price", "USD %.2f a month, USD %.4f a member", monthly(writes, reads), monthly(writes, reads) / members);
        members(table, fleet, members);
        run(command);
        System.exit(0);
    }

    private static double monthly(double writesAMinute, double readsAMinute) {
        return MINUTES_A_MONTH * (writesAMinute * MILLION_WRITES + readsAMinute * MILLION_READS) / 1e6;
    }

    private static int managers() throws IOException {
        var server = HttpServer.create(new InetSocketAddress("0.0.0.0", 0), 1000);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        var from = System.nanoTime();
        server.createContext("/", exchange -> {
            // A hundred requests a second.
            var requests = (System.nanoTime() - from) / 10_000_000;
            var response = status(requests).toJson().toString().getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, response.length);
            try (var body = exchange.getResponseBody()) {
                body.write(response);
            }
        });
        server.start();
        return server.getAddress().getPort();
    }

    private static Status status(long requests) {
        var counters = new TrafficCounters(
                requests,
                12.5,
                0,
                52_428_800,
                0,
                0,
                0,
                Map.of("1xx", 0L, "2xx", requests, "3xx", 0L, "4xx", 0L, "5xx", 0L));
        var active = new DeploymentSummary(
                        HASH,
                        "4f2c1d",
                        "active",
                        "2026-01-31T12:00:00Z",
                        Optional.of("1b2f9a31c0ffee"),
                        Optional.of("4f2c1d"),
                        Optional.of("172.17.0.2:9292"),
                        Optional.of(32770L),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty())
                .withHealth(true, "GET /up returned 200", 0);
        return new Status(
                31_457_280,
                12.5,
                requests,
                Map.of("new", 0L, "active", 1L, "idle", 7L),
                GateView.open(0),
                new TrafficView(
                        1,
                        counters,
                        counters,
                        Map.of(),
                        Map.of(),
                        Map.of(),
                        Map.of("1m", new TimesView(6000, 0.004, 0.01, 0.05, 0.2)),
                        BackendTraffic.of(MissingNode.getInstance()),
                        0),
                Optional.empty(),
                "Ok",
                Optional.empty(),
                Optional.empty(),
                Optional.of(active),
                Optional.empty(),
                Optional.empty(),
                List.of());
    }

    private static Membership.Host host(int number, int port, AtomicInteger learned) {
        var address = "127.1.%d.%d".formatted(number / 250, 1 + number % 250);
        var id = "ip-10-0-%d-%d.eu-central-1.compute.internal".formatted(number / 250, 1 + number % 250);
        var manager = "http://" + address + ":" + port;
        var proxy = address + ":80";
        var peers = Map.of("127.1.0.1:80", true);
        var since = Instant.now();
        return new Membership.Host() {
            private boolean counted;

            @Override
            public Member describe() {
                return new Member(
                        id,
                        manager,
                        proxy,
                        "4f2c1d",
                        HASH,
                        "healthy",
                        "1.0.0+0a1b2c3",
                        2,
                        since,
                        Instant.now(),
                        INTERVAL);
            }

            @Override
            public void learn(List<Member> neighbours) {
                if (!counted) {
                    counted = true;
                    learned.incrementAndGet();
                }
            }

            @Override
            public Map<String, Boolean> peers() {
                return peers;
            }

            @Override
            public void joined() {}

            @Override
            public void cutOff(String problem) {
                System.err.println(problem);
            }
        };
    }

    private static void members(String table, String fleet, int expected) throws Exception {
        var times = new long[5];
        ConsumedUnits consumed;
        try (var read = FleetTable.open(table, fleet)) {
            for (var i = 0; i < times.length; i++) {
                var from = System.nanoTime();
                if (read.members().all().size() != expected) {
                    throw new IllegalStateException("not all members were read");
                }
                times[i] = System.nanoTime() - from;
            }
            consumed = read.consumed();
        }
        Arrays.sort(times);
        print("members()", "%d ms, %.0f read units", times[2] / 1_000_000, consumed.reads() / times.length);
    }

    /** Runs the command to its end and prints how long it took and how much memory it had. */
    private static void run(List<String> command) throws Exception {
        var from = System.nanoTime();
        var process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        var most = 0L;
        do {
            most = Math.max(most, resident(process.pid()));
        } while (!process.waitFor(20, TimeUnit.MILLISECONDS));
        print(
                "fleet status",
                "%,d ms, %d MiB resident%s",
                (System.nanoTime() - from) / 1_000_000,
                most >> 10,
                process.exitValue() == 0 ? "" : ", exit code " + process.exitValue());
    }

    private static long resident(long pid) throws IOException {
        try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | java.io.UncheckedIOException ended) {
            return 0;
        }
    }

    private static void print(String what, String format, Object... values) {
        System.out.printf("  %-14s %s%n", what, format.formatted(values));
    }
}
