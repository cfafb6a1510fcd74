package org.ollamaorchestrator.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.ollamaorchestrator.gateway.security.Audit;

@NullMarked
class RefusalCountsTest {

    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final RefusalCounts counts = new RefusalCounts(3);

    @Test
    void beyond_its_bound_a_kind_is_counted_and_told_with_the_next_minute() {
        List<Boolean> written = new ArrayList<>();
        for (int second = 0; second < 10; second++) {
            written.add(counts.count(Audit.Event.KEY_REFUSED, NOON.plusSeconds(second))
                    .isWritten());
        }

        RefusalCounts.Verdict next = counts.count(Audit.Event.KEY_REFUSED, NOON.plusSeconds(60));

        assertThat(written)
                .startsWith(true, true, true, false)
                .filteredOn(yes -> yes)
                .hasSize(3);
        assertThat(next.isWritten()).isTrue();
        assertThat(next.before()).singleElement().satisfies(row -> {
            assertThat(row.event()).isEqualTo(Audit.Event.MORE_REFUSED);
            assertThat(row.subject()).isEqualTo("7 of key_refused");
            assertThat(row.at()).isEqualTo(NOON);
        });
    }

    @Test
    void a_flood_of_one_kind_hides_no_other() {
        for (int i = 0; i < 1_000; i++) {
            var _ = counts.count(Audit.Event.KEY_REFUSED, NOON);
        }

        assertThat(counts.count(Audit.Event.ADMIN_REFUSED, NOON).isWritten()).isTrue();
        assertThat(counts.count(Audit.Event.AGENT_REFUSED, NOON).isWritten()).isTrue();
    }

    @Test
    void a_quiet_minute_tells_nothing() {
        assertThat(counts.count(Audit.Event.AGENT_REFUSED, NOON).isWritten()).isTrue();

        assertThat(counts.count(Audit.Event.AGENT_REFUSED, NOON.plusSeconds(60)).before())
                .isEmpty();
        assertThat(counts.counted()).isEmpty();
    }
}
