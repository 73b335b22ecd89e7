package io.wunderproxy.remote;

import com.jcraft.jsch.UIKeyboardInteractive;
import com.jcraft.jsch.UserInfo;
import java.util.ArrayList;
import java.util.List;

/** Asks the user what a host wants to know during a login: a password is asked for three times at most. */
final class Questions implements UserInfo, UIKeyboardInteractive {

    private static final int PASSWORD_ATTEMPTS = 3;

    private final SshOptions.Prompt prompt;
    private final List<String> asked = new ArrayList<>();
    private int attempts;
    private String reply;

    Questions(SshOptions.Prompt prompt) {
        this.prompt = prompt;
    }

    /** The secrets that were asked for, and whether they were given, for people. */
    List<String> asked() {
        return asked.stream().distinct().toList();
    }

    private boolean ask(String question, String what, boolean again) {
        var secret = prompt.secret(question, again);
        reply = secret.map(String::new).orElse(null);
        asked.add(reply == null ? "no " + what + " was given" : what);
        return reply != null;
    }

    @Override
    public boolean promptPassword(String message) {
        return attempts < PASSWORD_ATTEMPTS && ask(message, "a password", attempts++ > 0);
    }

    @Override
    public String getPassword() {
        return reply;
    }

    @Override
    public boolean promptPassphrase(String message) {
        return ask(message, "a passphrase", false);
    }

    @Override
    public String getPassphrase() {
        return reply;
    }

    @Override
    public String[] promptKeyboardInteractive(
            String destination, String name, String instruction, String[] prompts, boolean[] echo) {
        if (attempts >= PASSWORD_ATTEMPTS) {
            return null;
        }
        var replies = new String[prompts.length];
        for (var i = 0; i < prompts.length; i++) {
            if (!ask(destination + ": " + prompts[i].strip().replaceFirst(":$", ""), "a password", attempts > 0)) {
                return null;
            }
            replies[i] = reply;
        }
        attempts++;
        return replies;
    }

    /** Refuses: {@link KnownHosts} decides about host keys. */
    @Override
    public boolean promptYesNo(String message) {
        return false;
    }

    @Override
    public void showMessage(String message) {}
}
