package io.wunderproxy.blackbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Collectors;

/** The object store as the one sees it who fills it: a directory, whether the agent reads it as such or through S3. */
record Store(Path bucket, String prefix) {

    /** Puts a launch configuration under the hash of its bytes. */
    String putContainer(String json, String algorithm) {
        var hash = hash(json, algorithm);
        put("container." + hash + ".json", json);
        return hash;
    }

    void putCurrent(String json) {
        put("current.json", json);
    }

    void removeCurrent() {
        try {
            Files.delete(path("current.json"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void put(String key, String content) {
        var target = path(key);
        try {
            Files.createDirectories(target.getParent());
            var written = Files.createTempFile(target.getParent(), ".put", "");
            Files.writeString(written, content);
            Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path path(String key) {
        return bucket.resolve(prefix).resolve(key);
    }

    /** What is there, without the prefix. */
    Set<String> keys() {
        try (var files = Files.list(path(""))) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String hash(String text, String algorithm) {
        try {
            var digest = MessageDigest.getInstance(algorithm).digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
