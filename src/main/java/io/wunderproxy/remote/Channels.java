package io.wunderproxy.remote;

import com.jcraft.jsch.Channel;
import java.time.Duration;

/** The channels of one login: any number, each for a command or a connection. Called from any thread. */
interface Channels {

    /** The timeout for connecting a channel: the host on the other side may have to wait for a third one. */
    Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);

    /** The user and host that the channels lead to. */
    SshTarget target();

    /**
     * Makes a channel of this type, which is still to be connected.
     *
     * @throws SshException if the login has ended
     */
    Channel channel(String type) throws SshException;

    /** Whether the login was not ended from here, and has not broken off as far as is known. */
    boolean isOpen();

    /** Whether the login was ended from here. */
    boolean isClosed();
}
