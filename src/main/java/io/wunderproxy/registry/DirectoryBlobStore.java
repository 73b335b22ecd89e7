package io.wunderproxy.registry;

import io.wunderproxy.disk.AtomicFile;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** A directory, as the standard registry's file system driver has it. */
public final class DirectoryBlobStore implements BlobStore {

    private final Path directory;

    public DirectoryBlobStore(Path directory) {
        this.directory = directory;
    }

    @Override
    public Optional<InputStream> open(String key, long from) throws StoreException {
        try {
            return Optional.of(Channels.newInputStream(FileChannel.open(directory.resolve(key), StandardOpenOption.READ)
                    .position(from)));
        } catch (NoSuchFileException e) {
            return missing(key);
        } catch (IOException e) {
            throw failure("cannot read " + locate(key), e);
        }
    }

    @Override
    public OptionalLong size(String key) throws StoreException {
        try {
            return OptionalLong.of(Files.size(directory.resolve(key)));
        } catch (NoSuchFileException e) {
            missing(key);
            return OptionalLong.empty();
        } catch (IOException e) {
            throw failure("cannot read " + locate(key), e);
        }
    }

    /** A directory that is not there, or is not mounted, is no empty one. */
    private <T> Optional<T> missing(String key) throws StoreException {
        if (!Files.isDirectory(directory)) {
            throw new StoreException("cannot read " + locate(key) + ": there is no directory " + directory
                    + "; create it, or give another image bucket");
        }
        return Optional.empty();
    }

    @Override
    public List<String> folders(String folder) throws StoreException {
        try (var entries = Files.list(directory.resolve(folder))) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> entry.getFileName().toString())
                    .toList();
        } catch (NoSuchFileException | NotDirectoryException e) {
            missing(folder);
            return List.of();
        } catch (IOException e) {
            throw failure("cannot read " + locate(folder), e);
        }
    }

    @Override
    public void write(String key, byte[] content) throws StoreException {
        replace(key, to -> {
            var bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
        });
    }

    @Override
    public void write(String key, Path content) throws StoreException {
        replace(key, to -> {
            try (var from = FileChannel.open(content, StandardOpenOption.READ)) {
                for (var at = 0L; at < from.size(); ) {
                    at += from.transferTo(at, from.size() - at, to);
                }
            }
        });
    }

    /** The registry that reads it may have a user of its own. */
    private void replace(String key, AtomicFile.Content content) throws StoreException {
        var file = directory.resolve(key);
        try {
            AtomicFile.createDirectories(file.getParent());
            AtomicFile.write(file, AtomicFile.Access.UMASK, content);
        } catch (IOException e) {
            throw failure("cannot write " + locate(key), e);
        }
    }

    private static StoreException failure(String what, IOException e) {
        if (e instanceof AccessDeniedException) {
            return new StoreException.Denied(what + ": permission denied", e);
        }
        var reason =
                e instanceof FileSystemException file && file.getReason() != null ? file.getReason() : e.getMessage();
        return new StoreException(what + ": " + reason, e);
    }

    @Override
    public Optional<URI> address(String key, Duration valid) {
        return Optional.empty();
    }

    @Override
    public String locate(String key) {
        return directory.resolve(key).toString();
    }
}
