package io.wunderproxy.blackbox;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import javax.management.MBeanServerConnection;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What a JVM says of itself, asked from another process. */
final class Jvm implements AutoCloseable {
    private final JMXConnector connector;
    private final MBeanServerConnection beans;

    Jvm(long pid) throws IOException {
        String address;
        try {
            var machine = VirtualMachine.attach(Long.toString(pid));
            address = machine.startLocalManagementAgent();
            machine.detach();
        } catch (AttachNotSupportedException other) {
            throw new IOException("no JVM that can be asked: " + pid, other);
        }
        connector = JMXConnectorFactory.connect(new JMXServiceURL(address));
        beans = connector.getMBeanServerConnection();
    }

    /** Bytes in use after a full collection. */
    long heapAfterCollection() throws IOException {
        var memory = ManagementFactory.getPlatformMXBean(beans, MemoryMXBean.class);
        memory.gc();
        return memory.getHeapMemoryUsage().getUsed();
    }

    /** Bytes of direct buffers that the JVM counts. */
    long directMemory() throws IOException {
        return ManagementFactory.getPlatformMXBeans(beans, BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
