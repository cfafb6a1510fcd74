package org.ollamaorchestrator.agent;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** The way to an Ollama; while it is frozen, connections are accepted and nothing moves: Ollama seems to hang. */
final class FreezingWire implements AutoCloseable {

    private final Vertx vertx = Vertx.vertx();
    private final NetServer server;
    private final List<NetSocket> ends = new ArrayList<>();
    private boolean frozen;

    FreezingWire(int port) {
        NetClient onward = vertx.createNetClient();
        server = FakeGateway.join(vertx.createNetServer()
                .connectHandler(here -> {
                    here.pause();
                    onward.connect(port, "127.0.0.1").onSuccess(there -> join(here, there));
                })
                .listen(0, "127.0.0.1"));
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.actualPort());
    }

    synchronized void freeze() {
        frozen = true;
        ends.forEach(NetSocket::pause);
    }

    synchronized void thaw() {
        frozen = false;
        ends.forEach(NetSocket::resume);
    }

    @Override
    public void close() {
        FakeGateway.join(vertx.close());
    }

    private synchronized void join(NetSocket here, NetSocket there) {
        for (NetSocket[] way : new NetSocket[][] {{here, there}, {there, here}}) {
            way[0].handler(bytes -> way[1].write(bytes).onFailure(gone -> {}));
            way[0].closeHandler(gone -> way[1].close().onFailure(already -> {}));
            ends.add(way[0]);
            if (frozen) {
                way[0].pause();
            } else {
                way[0].resume();
            }
        }
    }
}
