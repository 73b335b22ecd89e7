package io.wunderproxy.proxy.loop;

import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The client connections of one event loop. Those that nothing happens on cost nothing but their place. */
final class OpenClients {
    private final Map<Channel, ClientWatch> byChannel = new HashMap<>();
    private final DeadlineWheel<ClientWatch> wheel;

    OpenClients(long now) {
        wheel = new DeadlineWheel<>(now);
    }

    /** Adds a connection, which is looked at within a second. */
    ClientWatch add(OpenConnection connection) {
        var watch = new ClientWatch(connection, wheel);
        byChannel.put(connection.channel(), watch);
        wheel.putFirst(watch);
        return watch;
    }

    void remove(OpenConnection connection) {
        wheel.remove(byChannel.remove(connection.channel()));
    }

    OpenConnection of(Channel channel) {
        return byChannel.get(channel).connection;
    }

    /** Looks at each connection that is due. */
    void look(long now) {
        wheel.look(now, (watch, when) -> watch.connection.look(when));
    }

    /** Those that are open now. */
    List<OpenConnection> all() {
        var all = new ArrayList<OpenConnection>(byChannel.size());
        byChannel.values().forEach(watch -> all.add(watch.connection));
        return all;
    }

    boolean isEmpty() {
        return byChannel.isEmpty();
    }
}
