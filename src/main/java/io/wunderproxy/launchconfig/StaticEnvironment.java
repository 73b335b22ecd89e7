package io.wunderproxy.launchconfig;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The {@code KEY=value} lines of {@code --cfg}, which every container gets. Blank lines and those with # are ignored. */
public record StaticEnvironment(List<String> lines) {

    /** @throws IOException if the file can't be read or has another line; the message gives its number, not its content */
    public static StaticEnvironment read(Optional<Path> file) throws IOException {
        if (file.isEmpty()) {
            return new StaticEnvironment(List.of());
        }
        var lines = new ArrayList<String>();
        var number = 0;
        for (var line : readLines(file.get())) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            var name = line.indexOf('=') < 0 ? "" : line.substring(0, line.indexOf('='));
            if (name.isEmpty() || line.indexOf('\0') >= 0) {
                throw new IOException(file.get() + ", line " + number + ": expected KEY=value");
            }
            if (name.chars().anyMatch(c -> Character.isWhitespace(c) || Character.isISOControl(c))) {
                throw new IOException(file.get() + ", line " + number
                        + ": the name before '=' has a blank; write KEY=value, the value is kept as it is");
            }
            lines.add(line);
        }
        return new StaticEnvironment(List.copyOf(lines));
    }

    /** A digest that distinguishes these lines from others. */
    public String digest() {
        return ConfigHash.sha256(String.join("\n", lines).getBytes(StandardCharsets.UTF_8))
                .value();
    }

    private static List<String> readLines(Path file) throws IOException {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new IOException("there is no file " + file + " (--cfg)", e);
        } catch (CharacterCodingException e) {
            throw new IOException(file + " (--cfg) is not text in UTF-8", e);
        } catch (IOException e) {
            throw new IOException("cannot read " + file + " (--cfg): " + e.getMessage(), e);
        }
    }
}
