package org.ollamaorchestrator.gateway.connections;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One connection in virtual time: 10 s for a head, 60 s without a request. */
@NullMarked
class ConnectionWatchTest {

    private final ConnectionWatch watch = new ConnectionWatch(Duration.ofSeconds(10), Duration.ofSeconds(60));
    private final EmbeddedChannel connection = new EmbeddedChannel();

    @BeforeEach
    void accepted() {
        connection.freezeTime();
        connection.pipeline().addFirst(watch);
    }

    private void pass(int seconds) {
        connection.advanceTimeBy(seconds, TimeUnit.SECONDS);
        connection.runScheduledPendingTasks();
        connection.runPendingTasks();
    }

    private void aByteComes() {
        connection.writeInbound(Unpooled.copiedBuffer(new byte[] {'G'}));
        assertThat(connection.<Object>readInbound()).as("it is passed on").isNotNull();
    }

    @Test
    void one_that_says_nothing_is_closed() {
        pass(9);
        assertThat(connection.isOpen()).isTrue();

        pass(1);

        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void a_head_that_comes_byte_by_byte_has_no_more_time_than_another() {
        for (int i = 0; i < 9; i++) {
            pass(1);
            aByteComes();
        }
        assertThat(connection.isOpen()).isTrue();

        pass(1);

        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void an_answer_takes_as_long_as_it_takes() {
        aByteComes();
        watch.requestBegan(false);

        pass(3_600);

        assertThat(connection.isOpen()).isTrue();
    }

    @Test
    void after_an_answer_it_may_wait_for_the_next_request_for_a_while() {
        watch.requestBegan(false);
        watch.requestEnded();

        pass(59);
        assertThat(connection.isOpen()).isTrue();
        pass(1);
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void the_first_byte_of_a_next_request_begins_its_time() {
        watch.requestBegan(false);
        watch.requestEnded();
        pass(55);
        aByteComes();

        pass(9);
        assertThat(connection.isOpen()).isTrue();
        pass(1);
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void requests_one_after_the_other_keep_it_open() {
        for (int i = 0; i < 100; i++) {
            aByteComes();
            watch.requestBegan(false);
            pass(5);
            watch.requestEnded();
            pass(50);
        }

        assertThat(connection.isOpen()).isTrue();
    }

    @Test
    void of_several_requests_at_once_the_last_counts() {
        watch.requestBegan(true);
        watch.requestBegan(true);
        watch.requestEnded();

        pass(3_600);
        assertThat(connection.isOpen()).isTrue();

        watch.requestEnded();
        pass(60);
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void what_http2_says_between_requests_begins_no_head() {
        watch.requestBegan(true);
        watch.requestEnded();
        aByteComes();

        pass(59);
        assertThat(connection.isOpen()).isTrue();
        pass(1);
        assertThat(connection.isOpen()).isFalse();
    }

    @Test
    void a_connection_that_is_closed_leaves_no_timer() {
        assertThat(connection.runScheduledPendingTasks()).isPositive();

        connection.close().syncUninterruptibly();

        assertThat(connection.runScheduledPendingTasks()).isEqualTo(-1);
    }
}
