using Geobuk.Training.Kernels;
using static TorchSharp.torch;

namespace Geobuk.Training.Optimization;

/// <summary>AdamW's two moments of one parameter, as they are stored.</summary>
internal interface IMoments : IDisposable
{
    /// <summary>The stored tensors by the beginning of their name.</summary>
    IEnumerable<(string Name, Tensor Tensor)> State { get; }

    /// <summary>One update of moments and master by a gradient in fp32.</summary>
    void Update(Tensor master, Tensor gradient, AdamKernel kernel);
}
