package io.wunderproxy.proxy.loop;

/** When the event loop looks at one client connection. On that loop. */
public final class ClientWatch extends Listed<ClientWatch> {
    final OpenConnection connection;
    private final DeadlineWheel<ClientWatch> wheel;

    ClientWatch(OpenConnection connection, DeadlineWheel<ClientWatch> wheel) {
        this.connection = connection;
        this.wheel = wheel;
    }

    /** Lets {@link OpenConnection#look} be called within a second. Costs next to nothing if it is anyway. */
    public void soon() {
        wheel.hasten(this);
    }
}
