/**
 * What single steps cost: JMH's benchmarks of what happens for each token and each decision. Those of classes that their
 * package keeps to itself are in a package of the same name.
 */
@NullMarked
package org.ollamaorchestrator.benchmark;

import org.jspecify.annotations.NullMarked;
