namespace Geobuk.Inference;

/// <summary>Sees the inputs of a matrix product.</summary>
/// <param name="tensor">GGUF name of the matrix.</param>
/// <param name="slice">Which matrix of a stack: the expert or the head; 0 where there is one.</param>
/// <param name="inputs">[rows, columns], valid during the call.</param>
/// <param name="rows">Number of inputs.</param>
public delegate void MatrixInputVisitor(string tensor, int slice, ReadOnlySpan<float> inputs, int rows);
