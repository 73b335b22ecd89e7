package io.wunderproxy.remote;

import com.jcraft.jsch.Channel;
import java.time.Duration;

/** What goes through one login: any number of channels, each for a command or a connection. From any thread. */
interface Channels {

    /** How long a channel may take to be connected: the host on the other side may have to wait for a third one. */
    Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

    /** Whom they lead to. */
    SshTarget target();

    /**
     * A channel of this type, which is to be connected.
     *
     * @throws SshException if the login has ended
     */
    Channel channel(String type) throws SshException;

    /** Whether the login was not ended from here, and has not broken off as far as is known. */
    boolean isOpen();

    /** Whether the login was ended from here. */
    boolean isClosed();
}
