package io.wunderproxy.remote;

import com.jcraft.jsch.HostKey;
import com.jcraft.jsch.HostKeyRepository;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.UserInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The keys that hosts are known by. The library reads the files; this class decides about a host, as the library accepts one with
 * a key of another type than the known one, and matches neither patterns nor a revocation for all hosts.
 */
final class KnownHosts implements HostKeyRepository {

    private static final String REVOKED = "@revoked";

    private final List<Path> files;
    private final boolean acceptNew;
    private final List<HostKeyRepository> read = new ArrayList<>();
    private String refusal = "its key was not shown";

    KnownHosts(List<Path> files, boolean acceptNew) throws SshException {
        this.files = files;
        this.acceptNew = acceptNew;
        for (var file : files) {
            if (Files.exists(file) && !Files.isReadable(file)) {
                // The library would treat it as an empty file.
                throw new SshException("cannot read " + file + ": permission denied");
            }
            try {
                var reader = new JSch();
                reader.setKnownHosts(file.toString());
                read.add(reader.getHostKeyRepository());
            } catch (JSchException e) {
                throw new SshException("cannot read " + file + ": " + e.getMessage(), e);
            }
        }
    }

    /** Why the key that was checked last is refused. */
    String refusal() {
        return refusal;
    }

    @Override
    public int check(String host, byte[] key) {
        var encoded = Base64.getEncoder().encodeToString(key);
        if (entries().anyMatch(k -> k.getMarker().equals(REVOKED) && k.getKey().equals(encoded))) {
            refusal = "its key " + described(key) + " is revoked in " + names() + ": do not use it";
            return CHANGED;
        }
        var known = trusted(host);
        if (known.stream().anyMatch(k -> k.getKey().equals(encoded))) {
            return OK;
        }
        if (!known.isEmpty()) {
            refusal = "its key has changed: it has " + described(key) + ", while " + names() + " has "
                    + known.stream()
                            .map(k -> described(Base64.getDecoder().decode(k.getKey())))
                            .collect(Collectors.joining(", "))
                    + "; somebody may be in between. If the host was set up anew, compare the new key with the one on its console,"
                    + " remove the old one with: ssh-keygen -R '" + host + "', and log in once with ssh";
            return CHANGED;
        }
        if (acceptNew) {
            return add(host, key);
        }
        refusal = "its key is not known: " + described(key)
                + "; compare it with the one on the host's console, then log in" + " once with ssh, add it to "
                + names() + " with ssh-keyscan, or take it with --ssh-accept-new";
        return NOT_INCLUDED;
    }

    private String names() {
        return files.stream().map(Path::toString).collect(Collectors.joining(", "));
    }

    /** The trusted keys of a host; as with OpenSSH, one on a port of its own is also known by its name alone. */
    private List<HostKey> trusted(String host) {
        var found =
                entries().filter(k -> k.getMarker().isEmpty() && isOf(k, host)).toList();
        return found.isEmpty() && host.startsWith("[")
                ? entries()
                        .filter(k -> k.getMarker().isEmpty() && isOf(k, host.substring(1, host.lastIndexOf(']'))))
                        .toList()
                : found;
    }

    private java.util.stream.Stream<HostKey> entries() {
        return read.stream().flatMap(file -> Arrays.stream(file.getHostKey()));
    }

    private boolean isOf(HostKey key, String host) {
        return key.getHost().startsWith("|")
                ? read.stream().anyMatch(file -> Arrays.asList(file.getHostKey(host, null))
                        .contains(key))
                : SshConfig.matches(host, List.of(key.getHost().split(",")));
    }

    private int add(String host, byte[] key) {
        synchronized (KnownHosts.class) { // Several hosts may be logged in to at once.
            return addAlone(host, key);
        }
    }

    private int addAlone(String host, byte[] key) {
        var file = files.getFirst();
        try {
            if (Files.notExists(file)) {
                Files.createDirectories(
                        file.getParent(),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                Files.createFile(
                        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            }
            var before = Files.readAllBytes(file);
            Files.writeString(
                    file,
                    (before.length > 0 && before[before.length - 1] != '\n' ? "\n" : "") + host + " " + type(key) + " "
                            + Base64.getEncoder().encodeToString(key) + "\n",
                    StandardOpenOption.APPEND);
            return OK;
        } catch (IOException e) {
            refusal = "its key " + described(key) + " cannot be added to " + file + ": " + e.getMessage();
            return NOT_INCLUDED;
        }
    }

    private static String described(byte[] key) {
        try {
            return type(key) + " SHA256:"
                    + Base64.getEncoder()
                            .withoutPadding()
                            .encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private static String type(byte[] key) {
        return new String(key, 4, ByteBuffer.wrap(key).getInt(), StandardCharsets.US_ASCII);
    }

    /** The trusted keys of a host, which is asked for keys of their types first. */
    @Override
    public HostKey[] getHostKey(String host, String type) {
        return trusted(host).stream()
                .filter(k -> type == null || k.getType().equals(type))
                .toArray(HostKey[]::new);
    }

    @Override
    public HostKey[] getHostKey() {
        return entries().toArray(HostKey[]::new);
    }

    @Override
    public String getKnownHostsRepositoryID() {
        return names();
    }

    @Override
    public void add(HostKey hostkey, UserInfo ui) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(String host, String type) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void remove(String host, String type, byte[] key) {
        throw new UnsupportedOperationException();
    }
}
