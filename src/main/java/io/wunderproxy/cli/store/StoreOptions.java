package io.wunderproxy.cli.store;

import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Where the launch configurations lie. */
@Command(exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.NOT_ALLOWED, ExitCodes.UNAVAILABLE, ExitCodes.INVALID})
public final class StoreOptions {

    private static final int SHORTEST_ABBREVIATION = 6;

    @Option(
            names = {"-s", "--s3bucket"},
            paramLabel = "<bucket>",
            required = true,
            description = "Bucket with the launch configurations, or file:/some/dir. Required.")
    public String bucket;

    @Option(
            names = {"-p", "--s3prefix"},
            paramLabel = "<prefix>",
            required = true,
            description = "Prefix of the keys in the bucket. Required.")
    public String prefix;

    public LaunchConfigStore open() {
        return LaunchConfigStore.open(bucket, prefix);
    }

    public Promotions promotions() {
        return open().promotions(Clock.systemUTC());
    }

    /** The current launch configuration. */
    LaunchConfig current() throws StoreException, InvalidLaunchConfigException {
        var store = open();
        var content = store.current().orElseThrow(() -> noCurrent(store));
        try {
            return LaunchConfig.parse(ConfigHash.md5(content), content);
        } catch (InvalidLaunchConfigException e) {
            throw new CommandFailure(Exit.INVALID, store.locateCurrent() + " is invalid: " + e.getMessage());
        }
    }

    static CommandFailure noCurrent(LaunchConfigStore store) {
        return new CommandFailure(
                Exit.NOT_FOUND,
                "there is no " + store.locateCurrent()
                        + ": no configuration was promoted yet, or bucket and prefix are wrong");
    }

    /**
     * Finds the document: {@code current}, a file, a hash, or a revision or abbreviated hash of the history.
     *
     * @param name as the user gave it; what has a slash or ends in {@code .json} is a file
     */
    byte[] document(String name) throws StoreException, InvalidLaunchConfigException {
        if (isFile(name)) {
            return readFile(name);
        }
        var store = open();
        if (name.equals("current")) {
            return store.current().orElseThrow(() -> noCurrent(store));
        }
        return find(store, hash(name)).document();
    }

    /** Finds the hash: one in full, or a revision or abbreviated hash of the history, the latest that fits. */
    public ConfigHash hash(String name) throws StoreException, InvalidLaunchConfigException {
        try {
            return new ConfigHash(name);
        } catch (IllegalArgumentException notInFull) {
            var promotions = promotions();
            return promotions.read().history().entries().reversed().stream()
                    .filter(entry -> entry.revision().equals(name)
                            || name.length() >= SHORTEST_ABBREVIATION
                                    && entry.hash().value().startsWith(name))
                    .findFirst()
                    .orElseThrow(() -> new CommandFailure(
                            Exit.NOT_FOUND,
                            "'" + name + "' is neither a hash nor a revision in " + promotions.locateHistory()
                                    + "; see 'wunderproxy history'"))
                    .hash();
        }
    }

    public static LaunchConfig find(LaunchConfigStore store, ConfigHash hash)
            throws StoreException, InvalidLaunchConfigException {
        return store.find(hash)
                .orElseThrow(() -> new CommandFailure(Exit.NOT_FOUND, "there is no " + store.locate(hash)));
    }

    public static boolean isFile(String name) {
        return name.endsWith(".json") || name.startsWith("./") || name.startsWith("/");
    }

    /**
     * Parses a configuration from a file.
     *
     * @param name of the file, which a failure names
     * @param md5 whether its hash is the MD5, not the SHA-256
     */
    public static LaunchConfig parse(String name, boolean md5, byte[] document) {
        try {
            return LaunchConfig.parse(md5 ? ConfigHash.md5(document) : ConfigHash.sha256(document), document);
        } catch (InvalidLaunchConfigException e) {
            throw new CommandFailure(Exit.INVALID, name + ": " + e.getMessage());
        }
    }

    /** The content of a file. */
    public static byte[] readFile(String name) {
        try {
            return Files.readAllBytes(Path.of(name));
        } catch (NoSuchFileException e) {
            throw new CommandFailure(Exit.NOT_FOUND, "there is no file " + name);
        } catch (IOException e) {
            throw new CommandFailure("cannot read " + name + ": " + ErrorMessages.words(e));
        }
    }
}
