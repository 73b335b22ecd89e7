package io.wunderproxy.proxy.body;

import io.vertx.core.Future;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.impl.ContextInternal;
import java.nio.file.Path;
import java.util.UUID;

/** A new file for bytes that are too many for memory: nobody else may read it, and it is gone when it is closed. */
final class TemporaryFile {

    private TemporaryFile() {}

    /**
     * Makes one.
     *
     * @param context of the event loop that gets all results. Without it, Vert.x would choose
     *     any loop when the caller's code was run by Netty alone.
     * @param kind what its name begins with
     */
    static Future<AsyncFile> open(ContextInternal context, Path directory, String kind) {
        var options = new OpenOptions()
                .setCreateNew(true)
                .setWrite(true)
                .setRead(true)
                .setDeleteOnClose(true)
                .setPerms("rw-------");
        var name = directory.resolve(kind + "-" + UUID.randomUUID()).toString();
        var before = context.beginDispatch();
        try {
            return context.owner().fileSystem().open(name, options);
        } finally {
            context.endDispatch(before);
        }
    }
}
