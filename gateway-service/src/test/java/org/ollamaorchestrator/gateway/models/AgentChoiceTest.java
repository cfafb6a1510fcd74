package org.ollamaorchestrator.gateway.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class AgentChoiceTest {

    @Test
    void a_choice_is_written_as_all_a_label_or_names() {
        assertThat(AgentChoice.parse(" ")).isEqualTo(new AgentChoice.Usual());
        assertThat(AgentChoice.parse("all")).isEqualTo(new AgentChoice.All());
        assertThat(AgentChoice.parse("label:site=home")).isEqualTo(new AgentChoice.Labelled(new Label("site", "home")));
        assertThat(AgentChoice.parse("gaming-pc, office"))
                .isEqualTo(new AgentChoice.Named(List.of("gaming-pc", "office")));
    }

    @Test
    void a_label_without_a_value_is_none() {
        assertThatThrownBy(() -> AgentChoice.parse("label:site")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AgentChoice.parse("label:=home")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void names_that_name_nobody_are_no_choice() {
        assertThatThrownBy(() -> AgentChoice.parse(",,")).isInstanceOf(IllegalArgumentException.class);
    }
}
