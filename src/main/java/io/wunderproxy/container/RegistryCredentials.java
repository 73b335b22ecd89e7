package io.wunderproxy.container;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.github.dockerjava.api.model.AuthConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * The credentials for the registry of an image, found as {@code docker pull} finds them: in {@code config.json} below {@code
 * $DOCKER_CONFIG} or {@code ~/.docker}, from the helper program that {@code credHelpers} or {@code credsStore} names there, else
 * in {@code auths}. Read anew each time, since passwords change.
 *
 * @param login the credentials that were found
 * @param problem why nothing could be looked up, for people; never a secret
 */
record RegistryCredentials(Optional<AuthConfig> login, Optional<String> problem) {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** Docker's name of its own registry in {@code config.json}. */
    private static final String DOCKER_HUB = "https://index.docker.io/v1/";

    private static final String HELPER = "docker-credential-";
    private static final Pattern LOCAL = Pattern.compile("(localhost|127\\.[0-9.]+|\\[::1\\])(:\\d+)?");
    private static final Pattern HELPER_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    /** The user name with which a helper says that the password is a token. */
    private static final String TOKEN = "<token>";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_WORDS = 200;

    /** The credentials for the registry of this image. May take 20 seconds if a helper program is asked. */
    static RegistryCredentials of(String image) throws InterruptedException {
        return of(image, directory(System.getenv()), HELPER, TIMEOUT);
    }

    static Path directory(Map<String, String> environment) {
        var given = environment.getOrDefault("DOCKER_CONFIG", "");
        return given.isBlank() ? Path.of(System.getProperty("user.home", "/"), ".docker") : Path.of(given);
    }

    /**
     * @param helpers what the names of helper programs begin with
     * @param timeout after which a helper program is ended
     */
    static RegistryCredentials of(String image, Path directory, String helpers, Duration timeout)
            throws InterruptedException {
        var server = server(image);
        var file = directory.resolve("config.json");
        JsonNode config;
        try {
            config = JSON.readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return nothing();
        } catch (JacksonException e) {
            // The parser's own message would quote the file.
            return failed("the credentials in " + file + " can't be read: it is no valid JSON");
        } catch (IOException e) {
            return failed("the credentials in " + file + " can't be read: may this user read it?");
        }
        var named = config.path("credHelpers").path(hostname(server)).asText("");
        var helper = named.isEmpty() && asksStore(config, server)
                ? config.path("credsStore").asText("")
                : named;
        if (helper.isEmpty()) {
            return inFile(config, server);
        }
        if (!HELPER_NAME.matcher(helper).matches()) {
            return failed("Docker's config.json names a credential helper that can't be one");
        }
        var asked = ask(helpers + helper, server, timeout);
        return asked.login().isPresent()
                ? asked
                : new RegistryCredentials(inFile(config, server).login(), asked.problem());
    }

    /**
     * Whether the store of all credentials is asked: a program to start, and perhaps a service to ask, for each pull. The local
     * registry, with all images of the application, is in it only after a login, which adds an entry to {@code auths}.
     */
    private static boolean asksStore(JsonNode config, String server) {
        var host = hostname(server);
        return !LOCAL.matcher(host).matches()
                || config.path("auths").properties().stream()
                        .anyMatch(field -> hostname(field.getKey()).equals(host));
    }

    private static RegistryCredentials nothing() {
        return new RegistryCredentials(Optional.empty(), Optional.empty());
    }

    private static RegistryCredentials failed(String problem) {
        return new RegistryCredentials(Optional.empty(), Optional.of(problem));
    }

    /** The registry of an image: its first part, unless that can be a part of a repository's name. */
    static String server(String image) {
        var slash = image.indexOf('/');
        var first = slash < 0 ? "" : image.substring(0, slash);
        var isHost = first.contains(".") || first.contains(":") || first.equals("localhost");
        return !isHost || first.equals("docker.io") || first.equals("index.docker.io") ? DOCKER_HUB : first;
    }

    private static String hostname(String server) {
        var plain = server.replaceFirst("^https?://", "");
        var slash = plain.indexOf('/');
        return slash < 0 ? plain : plain.substring(0, slash);
    }

    private static RegistryCredentials inFile(JsonNode config, String server) {
        var auths = config.path("auths");
        var entry = auths.has(server)
                ? auths.get(server)
                : auths.properties().stream()
                        .filter(field -> hostname(field.getKey()).equals(hostname(server)))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(MissingNode.getInstance());
        var login = new AuthConfig().withRegistryAddress(server);
        if (!entry.path("auth").asText().isEmpty()) {
            try {
                var words = new String(
                                Base64.getDecoder().decode(entry.get("auth").asText()), StandardCharsets.UTF_8)
                        .split(":", 2);
                login.withUsername(words[0]).withPassword(words.length < 2 ? "" : words[1]);
            } catch (IllegalArgumentException noBase64) {
                return failed("auths of " + hostname(server) + " in Docker's config.json is not valid: log in again");
            }
        } else if (entry.hasNonNull("username")) {
            login.withUsername(entry.path("username").asText())
                    .withPassword(entry.path("password").asText());
        }
        if (entry.hasNonNull("identitytoken")) {
            login.withIdentityToken(entry.get("identitytoken").asText());
        }
        if (entry.hasNonNull("registrytoken")) {
            login.withRegistrytoken(entry.get("registrytoken").asText());
        }
        return login.getUsername() == null && login.getIdentitytoken() == null && login.getRegistrytoken() == null
                ? nothing()
                : new RegistryCredentials(Optional.of(login), Optional.empty());
    }

    /** Asks a credential helper by Docker's protocol: the server on its input, JSON or an error message on its output. */
    private static RegistryCredentials ask(String program, String server, Duration timeout)
            throws InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(program, "get").start();
        } catch (IOException e) {
            return failed("the credential helper " + program + " can't be started: it must be on the agent's PATH");
        }
        try (var out = process.getInputStream();
                var err = process.getErrorStream()) {
            try (var in = process.getOutputStream()) {
                in.write((server + "\n").getBytes(StandardCharsets.UTF_8));
            } catch (IOException alreadyEnded) {
                // Its output says why.
            }
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                return failed("the credential helper " + program + " did not end within " + timeout.toSeconds() + " s");
            }
            // Programs that it has started may hold the pipes open.
            var output = new String(out.readNBytes(out.available()), StandardCharsets.UTF_8);
            return process.exitValue() == 0
                    ? parsed(program, server, output)
                    : refused(program, output, new String(err.readNBytes(err.available()), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return failed("the credential helper " + program + " can't be talked to");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static RegistryCredentials parsed(String program, String server, String output) {
        try {
            var json = JSON.readTree(output);
            var name = json.path("Username").asText();
            var secret = json.path("Secret").asText();
            if (!secret.isEmpty()) {
                var login = new AuthConfig().withRegistryAddress(server);
                return new RegistryCredentials(
                        Optional.of(
                                name.equals(TOKEN)
                                        ? login.withIdentityToken(secret)
                                        : login.withUsername(name).withPassword(secret)),
                        Optional.empty());
            }
        } catch (IOException notJson) {
            // The output may be a secret.
        }
        return failed("the credential helper " + program + " printed nothing that can be understood");
    }

    private static RegistryCredentials refused(String program, String output, String errors) {
        if (output.contains("credentials not found")) {
            return nothing();
        }
        var words = (output.isBlank() ? errors : output).replaceAll("\\s+", " ").strip();
        // Output that looks like that of a successful helper may have a secret in it.
        return failed("the credential helper " + program + " failed"
                + (words.isEmpty() || words.contains("{")
                        ? ""
                        : ": " + words.substring(0, Math.min(LONGEST_WORDS, words.length()))));
    }
}
