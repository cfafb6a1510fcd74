/** What gateway and agent say to each other, and the values those messages are made of. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.protocol;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
