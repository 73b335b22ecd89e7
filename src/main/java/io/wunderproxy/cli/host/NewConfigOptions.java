package io.wunderproxy.cli.host;

import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.store.StoreOptions;
import io.wunderproxy.launchconfig.ConfigDraft;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.ConfigMaker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The source of a launch configuration: the current one with changes, or a file. */
@Command(exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.INVALID})
public final class NewConfigOptions {

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Parameters(
            paramLabel = "<image-tag or config.json>",
            description = {
                "The tag of the current image's repository, a whole image reference (with a slash, ':' or '@'), or a"
                        + " file: what ends in .json or begins with ./ or /; - is standard input."
            })
    public String what;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "<KEY=value>",
            description = "Set a variable of the environment; KEY alone takes the value that it has here.")
    List<String> environment = List.of();

    @Option(
            names = "--env-file",
            paramLabel = "<file>",
            description = "Set the variables in a file of KEY=value lines.")
    List<Path> environmentFiles = List.of();

    @Option(names = "--unset-env", paramLabel = "<KEY>", description = "Remove a variable.")
    List<String> removed = List.of();

    @Option(
            names = {"-r", "--revision"},
            paramLabel = "<name>",
            description = "Name of the revision. Default: the tag, or the one in the file")
    String revision;

    @Option(
            names = "--force-reload",
            negatable = true,
            fallbackValue = "true",
            description = "Pull the image even if the host has it, or not. Default: as it was")
    Boolean forceReload;

    @Option(
            names = "--md5",
            description = "Name the configuration by its MD5, as the original tools do, not its SHA-256.")
    boolean md5;

    /** Reads what must be read once; the maker's result depends on what is promoted when it runs. */
    public ConfigMaker maker() {
        var lines = environmentLines();
        return (store, base) -> {
            var document = document(store, base, lines);
            return StoreOptions.isFile(what)
                    ? StoreOptions.parse(what, md5, document)
                    : LaunchConfig.parse(md5 ? ConfigHash.md5(document) : ConfigHash.sha256(document), document);
        };
    }

    /** The document; a file without requested changes stays as it is, byte for byte. */
    private byte[] document(LaunchConfigStore store, Snapshot base, List<String> lines)
            throws InvalidLaunchConfigException {
        var fromFile = StoreOptions.isFile(what);
        var original = fromFile
                ? StoreOptions.readFile(what)
                : base.current()
                        .orElseThrow(() -> new CommandFailure(
                                Exit.NOT_FOUND,
                                "there is no " + store.locateCurrent()
                                        + " to take the rest from: deploy a config.json first"));
        if (fromFile && lines.isEmpty() && removed.isEmpty() && revision == null && forceReload == null) {
            return original;
        }
        var draft = draft(fromFile, original);
        if (!fromFile) {
            setImage(draft);
        }
        if (revision != null) {
            draft.revision(revision);
        }
        if (forceReload != null) {
            draft.forceReload(forceReload);
        }
        for (var line : lines) {
            var parts = line.split("=", 2);
            draft.environment(parts[0], parts[1]);
        }
        removed.forEach(draft::withoutEnvironment);
        return draft.toJson();
    }

    private ConfigDraft draft(boolean fromFile, byte[] original) throws InvalidLaunchConfigException {
        try {
            return ConfigDraft.from(original);
        } catch (InvalidLaunchConfigException e) {
            if (fromFile) {
                throw new CommandFailure(Exit.INVALID, what + ": " + e.getMessage());
            }
            throw e;
        }
    }

    private void setImage(ConfigDraft draft) {
        var whole = what.contains("/") || what.contains(":") || what.contains("@");
        if (whole) {
            draft.image(what);
        } else {
            draft.tag(what);
        }
        draft.revision(revisionOf(what));
    }

    /** The tag, or the first digits of the digest. */
    private String revisionOf(String image) {
        if (revision != null) {
            return revision;
        }
        var digest = image.indexOf("@sha256:");
        if (digest >= 0) {
            var digits = image.substring(digest + "@sha256:".length());
            return digits.substring(0, Math.min(12, digits.length()));
        }
        return image.substring(Math.max(image.lastIndexOf(':'), image.lastIndexOf('/')) + 1);
    }

    private List<String> environmentLines() {
        var lines = new ArrayList<String>();
        for (var file : environmentFiles) {
            try {
                Files.readAllLines(file).stream()
                        .filter(line -> !line.isBlank() && !line.startsWith("#"))
                        .map(line -> assignment(line, "--env-file " + file))
                        .forEach(lines::add);
            } catch (NoSuchFileException e) {
                throw misuse("--env-file: there is no file " + file);
            } catch (IOException e) {
                throw misuse("--env-file: cannot read " + file + ": " + ErrorMessages.words(e));
            }
        }
        environment.forEach(line -> lines.add(assignment(line, "--env")));
        return lines;
    }

    private String assignment(String line, String option) {
        var equals = line.indexOf('=');
        var name = equals < 0 ? line : line.substring(0, equals);
        if (name.isEmpty() || name.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
            throw misuse(option + ": expected KEY=value with a name that has no blanks; the value is kept as it is");
        }
        if (equals > 0) {
            return line;
        }
        var value = System.getenv(line);
        if (value == null) {
            // The text may be a secret without its name.
            throw misuse(option + ": expected KEY=value, or the KEY of a variable that is set here");
        }
        return line + "=" + value;
    }

    private ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
