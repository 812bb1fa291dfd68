namespace Geobuk.Inference.Weights;

/// <summary>y = W x + b; W is [outputs, inputs].</summary>
internal sealed record LinearWeights(WeightTensor Matrix, float[]? Bias)
{
    public int Outputs => (int)Matrix.Shape[0];
    public int Inputs => (int)Matrix.Columns;
}
