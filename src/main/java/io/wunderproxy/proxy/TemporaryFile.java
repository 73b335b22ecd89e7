package io.wunderproxy.proxy;

import io.vertx.core.Future;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.FileSystem;
import io.vertx.core.file.OpenOptions;
import java.nio.file.Path;
import java.util.UUID;

/** A new file for bytes that are too many for memory: nobody else may read it, and it is gone when it is closed. */
final class TemporaryFile {

    private TemporaryFile() {}

    /** @param kind what its name begins with */
    static Future<AsyncFile> open(FileSystem files, Path directory, String kind) {
        var options = new OpenOptions()
                .setCreateNew(true)
                .setWrite(true)
                .setRead(true)
                .setDeleteOnClose(true)
                .setPerms("rw-------");
        return files.open(directory.resolve(kind + "-" + UUID.randomUUID()).toString(), options);
    }
}
