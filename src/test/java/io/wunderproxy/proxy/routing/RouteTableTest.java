package io.wunderproxy.proxy.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouteTableTest {
    @Test
    void one_application_has_the_default_route() {
        var backends = new AppBackends();

        var table = RouteTable.of(backends);

        assertThat(table.routes()).containsExactly(table.defaultRoute());
        assertThat(table.defaultRoute().backends()).isSameAs(backends);
    }

    @Test
    void a_table_needs_a_route_and_never_changes() {
        assertThatThrownBy(() -> new RouteTable(List.of())).isInstanceOf(IllegalArgumentException.class);
        var routes = new ArrayList<>(List.of(new Route(new AppBackends())));
        var table = new RouteTable(routes);

        routes.clear();

        assertThat(table.routes()).hasSize(1);
    }
}
