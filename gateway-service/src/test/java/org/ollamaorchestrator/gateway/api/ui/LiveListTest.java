package org.ollamaorchestrator.gateway.api.ui;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class LiveListTest {

    @Test
    void what_is_new_is_told_whole_and_of_what_is_known_only_what_changed() {
        LiveList before = LiveList.of(List.of(agent("a").put("active", 1).put("slots", 4)));
        LiveList now = LiveList.of(
                List.of(agent("a").put("active", 2).put("slots", 4), agent("b").put("active", 0)));

        assertThat(now.since(before).orElseThrow()).hasToString("""
                {"set":[{"id":"a","active":2},{"id":"b","active":0}]}""");
    }

    @Test
    void a_field_that_went_is_null_and_an_item_that_went_is_gone() {
        LiveList before = LiveList.of(List.of(
                agent("a").put("notUsedBecause", "it is draining"), agent("b").put("active", 1)));
        LiveList now = LiveList.of(List.of(agent("a")));

        assertThat(now.since(before).orElseThrow()).hasToString("""
                {"set":[{"id":"a","notUsedBecause":null}],"gone":["b"]}""");
    }

    @Test
    void of_two_that_are_the_same_there_is_nothing_to_tell() {
        LiveList before = LiveList.of(List.of(agent("a").put("active", 1)));
        LiveList now = LiveList.of(List.of(agent("a").put("active", 1)));

        assertThat(now.since(before)).isEmpty();
    }

    private static ObjectNode agent(String id) {
        return JsonNodeFactory.instance.objectNode().put("id", id);
    }
}
