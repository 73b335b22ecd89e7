package io.wunderproxy.remote;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How to log in to hosts.
 *
 * @param home the user's home, with {@code .ssh/config}, {@code .ssh/known_hosts} and keys
 * @param agent socket of the user's ssh-agent
 * @param keys files with private keys, asked before the agent's and those of the home
 * @param acceptNew adds the key of an unknown host to {@code known_hosts}; a changed one is still refused
 * @param connectTimeout how long a host may take to respond, unless {@code ~/.ssh/config} says otherwise
 * @param prompt asks the user
 */
public record SshOptions(
        Path home, Optional<Path> agent, List<Path> keys, boolean acceptNew, Duration connectTimeout, Prompt prompt) {

    /** Asks for passphrases and passwords. */
    @FunctionalInterface
    public interface Prompt {

        /** Gives no secret: there is no user to ask. */
        Prompt NOBODY = (question, again) -> Optional.empty();

        /**
         * The text that the user typed without an echo; empty if there is no user, or none who wants to type it.
         *
         * @param again whether the last secret was wrong
         */
        Optional<char[]> secret(String question, boolean again);
    }
}
