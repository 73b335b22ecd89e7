package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Thirty switches between two revisions while 64 clients keep asking and downloads outlast the switches. */
class NoRequestLostIT {
    private static final int SWITCHES = 30;

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private record Switch(String revision, long posted, long returned) {}

    @Test
    void thirty_switches_under_load_lose_no_request_and_send_none_to_the_past() {
        var agent = host.startAgent();
        var revisions = List.of(
                host.revision("blue").pushed().publish(),
                host.revision("green").pushed().publish());
        agent.deploy(revisions.getFirst());
        var switches = new ArrayList<Switch>();
        switches.add(new Switch(revisions.getFirst().revision(), 0, Long.MIN_VALUE));

        try (var load = Load.start(agent.proxyPort(), 64, 4)) {
            for (int i = 1; i <= SWITCHES; i++) {
                var next = revisions.get(i % 2);
                assertThat(agent.launch(next)).as("launch %d", i).hasFieldOrPropertyWithValue("status", 200);
                long posted = System.nanoTime();
                assertThat(agent.switchTo(next)).as("switch %d", i).hasFieldOrPropertyWithValue("status", 200);
                switches.add(new Switch(next.revision(), posted, System.nanoTime()));
                int seen = load.size();
                await("requests after the switch").until(() -> load.size() > seen + 64);
            }

            assertThat(load.end())
                    .hasSizeGreaterThan(SWITCHES * 64)
                    .allSatisfy(exchange -> assertThat(exchange.failure()).isEmpty())
                    .allSatisfy(exchange -> assertThat(exchange.revision()).isIn(allowed(exchange, switches)));
        }

        await("all but the last container to go").atMost(LONG).until(() -> host.containerNames()
                .equals(List.of(revisions.get(SWITCHES % 2).revision())));
    }

    /** What was active when the request began, and what was switched to before it was done. */
    private static List<String> allowed(Load.Exchange exchange, List<Switch> switches) {
        int first = 0;
        int last = 0;
        for (int i = 0; i < switches.size(); i++) {
            first = i == 0 || switches.get(i).returned() < exchange.began() ? i : first;
            last = i == 0 || switches.get(i).posted() < exchange.done() ? i : last;
        }
        return switches.subList(first, last + 1).stream().map(Switch::revision).toList();
    }
}
