package io.wunderproxy.agent;

import io.wunderproxy.proxy.tls.TlsListener;
import io.wunderproxy.proxy.tls.TlsOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Looks at the files that an agent would need, without starting it: nothing is written and nothing listens. */
final class StartCheck {

    private StartCheck() {}

    /** Finds what would keep an agent with these options from starting, so far as files show it. */
    static List<String> faults(AgentOptions options) {
        var faults = new ArrayList<String>();
        var listener = options.proxy().listener();
        Stream.concat(
                        Optional.ofNullable(listener.tls()).stream().flatMap(tls -> tls.certificates().stream()),
                        options.managerTls().stream())
                .flatMap(pair -> certificate(pair).stream())
                .forEach(faults::add);
        if (listener.accessLog() != null && listener.accessLog().file() != null) {
            writable("--access-log", listener.accessLog().file()).ifPresent(faults::add);
        }
        directory("--state-dir", options.deployment().stateDir()).ifPresent(faults::add);
        return faults;
    }

    private static Optional<String> certificate(TlsOptions.PemFiles pair) {
        return TlsListener.fault(pair);
    }

    private static Optional<String> writable(String option, Path file) {
        if (Files.isDirectory(file)) {
            return Optional.of(option + ": " + file + " is a directory");
        }
        if (Files.exists(file)) {
            return Files.isWritable(file) ? Optional.empty() : Optional.of(option + ": " + file + " can't be written");
        }
        var parent = file.toAbsolutePath().getParent();
        return Files.isDirectory(parent) ? Optional.empty() : Optional.of(option + ": there is no directory " + parent);
    }

    /** A state directory is made when it is missing. */
    private static Optional<String> directory(String option, Path directory) {
        if (Files.exists(directory)) {
            return Files.isDirectory(directory)
                    ? Optional.empty()
                    : Optional.of(option + ": " + directory + " is no directory");
        }
        var place = directory.toAbsolutePath().getParent();
        while (place != null && !Files.exists(place)) {
            place = place.getParent();
        }
        return place == null || Files.isDirectory(place)
                ? Optional.empty()
                : Optional.of(option + ": " + place + " is no directory");
    }
}
