package org.ollamaorchestrator.system;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A stretch of the network: it forwards TCP connections to a port, until it is told to break them. */
final class CuttableLink implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final ServerSocket server;
    private final int target;
    private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
    private final AtomicInteger made = new AtomicInteger();
    private final AtomicLong cutAfterBytes = new AtomicLong(Long.MAX_VALUE);
    /** Guarded by this. */
    private final StringBuilder lostAnswers = new StringBuilder();

    private volatile int hangsAfter = Integer.MAX_VALUE;
    private volatile boolean losesAnswers;
    private volatile boolean up = true;
    private volatile boolean hangs;

    /** How a connection ends. */
    enum Cut {
        FIN,
        RST
    }

    private CuttableLink(int target) throws IOException {
        this.server = new ServerSocket();
        this.target = target;
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    static CuttableLink to(int port) {
        try {
            CuttableLink link = new CuttableLink(port);
            Thread _ = Thread.ofVirtual().start(link::accept);
            return link;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String webSocketUrl() {
        return "ws://127.0.0.1:" + server.getLocalPort();
    }

    String httpUrl() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /** How many connections have been made over it. */
    int made() {
        return made.get();
    }

    /** Waits until there is a connection, and ends all there are. */
    void cut(Cut how) {
        awaitConnection();
        wires.forEach(wire -> wire.end(how));
    }

    /** Half-open: what there is stays open on both sides, and nothing goes through any more. New connections work. */
    void swallow() {
        awaitConnection();
        wires.forEach(Wire::swallow);
    }

    /** As if the far side hung: what there is and what comes stays open, and nothing goes through. */
    void hang() {
        hangs = true;
        wires.forEach(Wire::swallow);
    }

    /** The same, for what comes after so many connections in all. */
    void hangAfter(int connections) {
        hangsAfter = connections;
    }

    /** What clients say arrives, and nothing of what they are answered, until {@link #mend}. */
    void loseAnswers() {
        losesAnswers = true;
    }

    /** All that clients were not told. */
    synchronized String lostAnswers() {
        return lostAnswers.toString();
    }

    /** Ends the next connection that has carried so much from its client since now, by RST. */
    void cutAfter(long bytes) {
        cutAfterBytes.set(bytes);
    }

    /** Whether {@link #cutAfter} is still to come. */
    boolean isToCut() {
        return cutAfterBytes.get() != Long.MAX_VALUE;
    }

    /** Cuts everything, and lets nothing through until {@link #mend}. */
    void down() {
        up = false;
        wires.forEach(wire -> wire.end(Cut.RST));
    }

    void mend() {
        cutAfterBytes.set(Long.MAX_VALUE);
        hangsAfter = Integer.MAX_VALUE;
        losesAnswers = false;
        up = true;
    }

    private synchronized void lose(String answer) {
        lostAnswers.append(answer);
    }

    private void awaitConnection() {
        Patience.until("a connection over the link", () -> !wires.isEmpty());
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (up) {
                    connect(client);
                } else {
                    client.close();
                }
            } catch (IOException closed) {
                // The next turn of the loop sees whether it was the server that was closed.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        Socket far = new Socket();
        try {
            far.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
        } catch (IOException nobodyThere) {
            client.close();
            return;
        }
        client.setTcpNoDelay(true);
        far.setTcpNoDelay(true);
        var wire = new Wire(client, far);
        wires.add(wire);
        if (made.incrementAndGet() > hangsAfter || hangs) {
            wire.swallow();
        }
        Thread _ = Thread.ofVirtual().start(() -> wire.carry(client, far, true));
        Thread _ = Thread.ofVirtual().start(() -> wire.carry(far, client, false));
    }

    private final class Wire {
        private final Socket client;
        private final Socket far;
        private volatile boolean swallows;

        Wire(Socket client, Socket far) {
            this.client = client;
            this.far = far;
        }

        void swallow() {
            swallows = true;
            wires.remove(this);
        }

        void carry(Socket from, Socket to, boolean fromClient) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try {
                for (int read = from.getInputStream().read(buffer);
                        read >= 0;
                        read = from.getInputStream().read(buffer)) {
                    if (fromClient && isToCut() && cutAfterBytes.addAndGet(-read) <= 0) {
                        cutAfterBytes.set(Long.MAX_VALUE);
                        end(Cut.RST);
                        return;
                    }
                    if (losesAnswers && !fromClient) {
                        lose(new String(buffer, 0, read, ISO_8859_1));
                    } else if (!swallows) {
                        to.getOutputStream().write(buffer, 0, read);
                    }
                }
            } catch (IOException broken) {
                // Both ends learn of it below.
            }
            if (!swallows) {
                end(Cut.FIN);
            }
        }

        void end(Cut how) {
            wires.remove(this);
            close(client, how);
            close(far, how);
        }

        private static void close(Socket socket, Cut how) {
            try {
                if (how == Cut.RST && !socket.isClosed()) {
                    socket.setSoLinger(true, 0);
                }
                socket.close();
            } catch (IOException gone) {
                // It is what was wanted.
            }
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        wires.forEach(wire -> wire.end(Cut.FIN));
    }
}
