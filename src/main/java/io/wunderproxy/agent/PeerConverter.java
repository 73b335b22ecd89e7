package io.wunderproxy.agent;

import io.wunderproxy.proxy.transport.ListenAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the address of another instance: {@code host:port}. */
final class PeerConverter implements ITypeConverter<ListenAddress.Tcp> {

    @Override
    public ListenAddress.Tcp convert(String text) {
        try {
            if (!text.startsWith(":") && ListenAddress.parse(text) instanceof ListenAddress.Tcp tcp && tcp.port() > 0) {
                return tcp;
            }
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
        throw new TypeConversionException("'" + text + "' is not host:port");
    }
}
