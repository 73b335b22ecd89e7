package io.wunderproxy.cli.fleet;

import io.wunderproxy.rollout.Share;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of hosts on the command line. */
final class ShareConverter implements ITypeConverter<Share> {

    @Override
    public Share convert(String text) {
        try {
            return Share.parse(text);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
