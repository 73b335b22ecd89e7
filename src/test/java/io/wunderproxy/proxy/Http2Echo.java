package io.wunderproxy.proxy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.ReferenceCountUtil;
import io.wunderproxy.proxy.routing.Backend;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** An application that speaks HTTP/2 and sends each body back, with a trailer of its own, and tells the request's trailer. */
final class Http2Echo implements AutoCloseable {
    private final EventLoopGroup loops = new NioEventLoopGroup(1);
    private final Channel listener;

    private Http2Echo(Consumer<String> sums) {
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(
                                        Http2FrameCodecBuilder.forServer().build(),
                                        new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                                            @Override
                                            protected void initChannel(Channel stream) {
                                                stream.pipeline().addLast(new Echo(sums));
                                            }
                                        }));
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
    }

    static Http2Echo start(Consumer<String> sums) {
        return new Http2Echo(sums);
    }

    Backend backend() {
        var port = ((InetSocketAddress) listener.localAddress()).getPort();
        return new Backend("h2-echo-" + port, "127.0.0.1", port, Backend.Protocol.HTTP_2);
    }

    private static final class Echo extends ChannelInboundHandlerAdapter {
        private final Consumer<String> sums;
        private boolean answered;

        Echo(Consumer<String> sums) {
            this.sums = sums;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!answered) {
                answered = true;
                context.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")));
            }
            if (message instanceof Http2DataFrame data) {
                context.writeAndFlush(new DefaultHttp2DataFrame(data.content().retain(), false));
                if (data.isEndStream()) {
                    end(context);
                }
            }
            if (message instanceof Http2HeadersFrame headers && headers.isEndStream()) {
                sums.accept(String.valueOf(headers.headers().get("x-sum")));
                end(context);
            }
            ReferenceCountUtil.release(message);
        }

        private static void end(ChannelHandlerContext context) {
            context.writeAndFlush(
                    new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().add("x-answer-sum", "7"), true));
        }
    }

    @Override
    public void close() {
        listener.close();
        loops.shutdownGracefully(0, 0, java.util.concurrent.TimeUnit.SECONDS);
    }
}
