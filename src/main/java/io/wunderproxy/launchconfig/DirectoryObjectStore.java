package io.wunderproxy.launchconfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** A directory with the keys of the bucket as file names: for one host, demonstrations and tests. */
final class DirectoryObjectStore implements ObjectStore {

    private final Path directory;

    DirectoryObjectStore(Path directory) {
        this.directory = directory;
    }

    @Override
    public Optional<byte[]> read(String key, int atMost) throws StoreException {
        if (!Files.isDirectory(directory)) {
            throw new StoreException("cannot read " + locate(key) + ": there is no directory " + directory
                    + "; create it, or give the right bucket and prefix");
        }
        try (var in = Files.newInputStream(directory.resolve(key))) {
            return Optional.of(in.readNBytes(atMost));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new StoreException("cannot read " + locate(key) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public String locate(String key) {
        return directory.resolve(key).toString();
    }
}
