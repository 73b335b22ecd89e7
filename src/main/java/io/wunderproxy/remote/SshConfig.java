package io.wunderproxy.remote;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The user's {@code ~/.ssh/config}, read as OpenSSH reads it: the first value of a keyword counts. {@code Match} blocks with
 * {@code all} or {@code host} alone are known; others are ignored. The library's own reader is not used, as it knows neither
 * {@code Match} nor {@code Include} and takes their lines for those of the host before.
 */
final class SshConfig {

    private static final int DEEPEST_INCLUDE = 16;
    private static final List<String> DEFAULT_KEYS = List.of("id_ed25519", "id_ecdsa", "id_rsa");
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");
    private static final Pattern KEYWORD = Pattern.compile("^(\\w+)(?:\\s*=\\s*|\\s+)(.*)$");
    private static final List<String> NEVER = List.of("!*");

    private final Path home;
    private final List<Line> lines = new ArrayList<>();

    /** A line that counts for hosts which match all of these lists of patterns. */
    private record Line(List<List<String>> hosts, String keyword, List<String> arguments) {}

    /**
     * How to log in to a host.
     *
     * @param jumps the hosts in between, the nearest first
     * @param keyFiles whether they exist or not
     * @param knownHosts files, the first of which new keys are added to
     * @param acceptNew whether the key of an unknown host is added
     */
    record Login(
            String host,
            int port,
            String user,
            List<SshTarget> jumps,
            List<Path> keyFiles,
            boolean noOtherKeys,
            List<Path> knownHosts,
            Optional<String> hostKeyAlias,
            boolean acceptNew,
            Optional<Path> agent,
            Duration connectTimeout) {}

    private SshConfig(Path home) {
        this.home = home;
    }

    /** Reads the user's file if there is one. */
    static SshConfig read(Path home) throws SshException {
        var config = new SshConfig(home);
        var file = home.resolve(".ssh/config");
        if (Files.exists(file)) {
            config.read(file, List.of(), 0);
        }
        return config;
    }

    private void read(Path file, List<List<String>> outer, int depth) throws SshException {
        List<String> text;
        try {
            text = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return;
        } catch (IOException e) {
            throw new SshException("cannot read " + file + ": " + e.getMessage(), e);
        }
        var hosts = outer;
        for (var line : text) {
            var matcher = KEYWORD.matcher(line.strip());
            if (line.strip().startsWith("#") || !matcher.matches()) {
                continue;
            }
            var keyword = matcher.group(1).toLowerCase(Locale.ROOT);
            var arguments = words(matcher.group(2));
            switch (keyword) {
                case "host" -> hosts = with(outer, arguments);
                case "match" -> hosts = with(outer, matched(arguments));
                case "include" -> include(file, arguments, hosts, depth);
                default -> lines.add(new Line(hosts, keyword, arguments));
            }
        }
    }

    private static List<List<String>> with(List<List<String>> outer, List<String> patterns) {
        return Stream.concat(outer.stream(), Stream.of(patterns)).toList();
    }

    private static List<String> matched(List<String> criteria) {
        if (criteria.size() == 1 && criteria.getFirst().equalsIgnoreCase("all")) {
            return List.of("*");
        }
        return criteria.size() == 2 && criteria.getFirst().equalsIgnoreCase("host")
                ? List.of(criteria.get(1).split(","))
                : NEVER;
    }

    private void include(Path by, List<String> files, List<List<String>> hosts, int depth) throws SshException {
        if (depth == DEEPEST_INCLUDE) {
            throw new SshException(by + ": too many files include each other");
        }
        for (var file : files) {
            var path = home.resolve(".ssh").resolve(inHome(file));
            var names = path.getFileName() == null ? "" : path.getFileName().toString();
            if (!names.matches(".*[*?\\[].*")) {
                read(path, hosts, depth + 1);
                continue;
            }
            try (var found = Files.newDirectoryStream(path.getParent(), names)) {
                for (var each : Stream.iterate(found.iterator(), java.util.Iterator::hasNext, i -> i)
                        .map(java.util.Iterator::next)
                        .sorted()
                        .toList()) {
                    read(each, hosts, depth + 1);
                }
            } catch (NoSuchFileException e) {
                continue;
            } catch (IOException e) {
                throw new SshException("cannot read " + path.getParent() + ": " + e.getMessage(), e);
            }
        }
    }

    private static List<String> words(String text) {
        return WORD.matcher(text)
                .results()
                .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
                .takeWhile(word -> !word.startsWith("#"))
                .toList();
    }

    /** How to log in to this host. */
    Login login(SshTarget target, SshOptions options) throws SshException {
        var alias = target.host();
        var host = first(alias, "hostname")
                .map(name -> expanded(name, Map.of("h", alias)))
                .orElse(alias);
        var local = System.getProperty("user.name");
        var user = target.user().or(() -> first(alias, "user")).orElse(local);
        var port = target.port().isPresent() ? target.port().getAsInt() : number(alias, "port", 22);
        var tokens =
                Map.of("h", host, "d", home.toString(), "u", local, "r", user, "p", String.valueOf(port), "n", alias);
        var keys = all(alias, "identityfile").stream()
                .filter(file -> !file.equals("none"))
                .map(file -> file(file, tokens))
                .toList();
        var knownHosts = firstWords(alias, "userknownhostsfile").stream()
                .filter(file -> !file.equals("none"))
                .map(file -> file(file, tokens))
                .toList();
        return new Login(
                host,
                port,
                user,
                jumps(alias),
                keys.isEmpty()
                        ? DEFAULT_KEYS.stream()
                                .map(name -> home.resolve(".ssh").resolve(name))
                                .toList()
                        : keys,
                first(alias, "identitiesonly").filter("yes"::equalsIgnoreCase).isPresent(),
                knownHosts.isEmpty() ? List.of(home.resolve(".ssh/known_hosts")) : knownHosts,
                first(alias, "hostkeyalias"),
                options.acceptNew()
                        || first(alias, "stricthostkeychecking")
                                .filter(List.of("accept-new", "no", "off")::contains)
                                .isPresent(),
                agent(alias, tokens, options),
                Duration.ofSeconds(number(
                        alias, "connecttimeout", (int) options.connectTimeout().toSeconds())));
    }

    private Optional<Path> agent(String alias, Map<String, String> tokens, SshOptions options) {
        var named = first(alias, "identityagent").filter(name -> !name.equals("SSH_AUTH_SOCK"));
        if (named.filter("none"::equals).isPresent()) {
            return Optional.empty();
        }
        return named.map(file -> file(file, tokens)).or(options::agent);
    }

    private List<SshTarget> jumps(String alias) throws SshException {
        var named = first(alias, "proxyjump");
        if (named.isEmpty()) {
            if (first(alias, "proxycommand").filter(c -> !c.equals("none")).isPresent()) {
                throw new SshException(
                        "~/.ssh/config has a ProxyCommand for " + alias + ", which is not known here; use ProxyJump");
            }
            return List.of();
        }
        if (named.get().equalsIgnoreCase("none")) {
            return List.of();
        }
        try {
            return Arrays.stream(named.get().split(",")).map(SshTarget::parse).toList();
        } catch (IllegalArgumentException e) {
            throw new SshException("~/.ssh/config, ProxyJump for " + alias + ": " + e.getMessage());
        }
    }

    private Optional<String> first(String host, String keyword) {
        return firstWords(host, keyword).stream().findFirst();
    }

    private List<String> firstWords(String host, String keyword) {
        return of(host, keyword).findFirst().map(Line::arguments).orElse(List.of());
    }

    private List<String> all(String host, String keyword) {
        return of(host, keyword).flatMap(line -> line.arguments().stream()).toList();
    }

    private Stream<Line> of(String host, String keyword) {
        return lines.stream().filter(line -> line.keyword().equals(keyword)).filter(line -> line.hosts().stream()
                .allMatch(patterns -> matches(host, patterns)));
    }

    private int number(String host, String keyword, int otherwise) throws SshException {
        var value = first(host, keyword);
        if (value.isPresent() && !value.get().matches("\\d{1,5}")) {
            throw new SshException("~/.ssh/config: " + keyword + " of " + host + " is no number: " + value.get());
        }
        return value.map(Integer::parseInt).orElse(otherwise);
    }

    private Path file(String name, Map<String, String> tokens) {
        return home.resolve(inHome(expanded(name, tokens)));
    }

    private String inHome(String file) {
        return file.startsWith("~/") ? home + file.substring(1) : file;
    }

    private static String expanded(String text, Map<String, String> tokens) {
        var result = new StringBuilder();
        for (var i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c != '%' || i + 1 == text.length()) {
                result.append(c);
                continue;
            }
            var token = text.substring(i + 1, i + 2);
            result.append(token.equals("%") ? token : tokens.getOrDefault(token, "%" + token));
            i++;
        }
        return result.toString();
    }

    /** Whether one of the patterns matches the name, and none that begins with "!" does. */
    static boolean matches(String name, List<String> patterns) {
        var matched = false;
        for (var pattern : patterns) {
            var negated = pattern.startsWith("!");
            if (glob(negated ? pattern.substring(1) : pattern, name)) {
                if (negated) {
                    return false;
                }
                matched = true;
            }
        }
        return matched;
    }

    private static boolean glob(String pattern, String name) {
        var expression = new StringBuilder();
        for (var c : pattern.toCharArray()) {
            expression.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return Pattern.compile(expression.toString(), Pattern.CASE_INSENSITIVE)
                .matcher(name)
                .matches();
    }
}
