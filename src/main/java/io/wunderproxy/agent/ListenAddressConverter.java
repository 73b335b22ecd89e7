package io.wunderproxy.agent;

import io.wunderproxy.proxy.transport.ListenAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads addresses to listen at: {@code host:port}, {@code :port} or {@code unix:/path}. */
final class ListenAddressConverter implements ITypeConverter<ListenAddress> {

    @Override
    public ListenAddress convert(String text) {
        try {
            return ListenAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
