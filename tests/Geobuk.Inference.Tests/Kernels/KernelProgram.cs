using Geobuk.Inference.Kernels;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Kernels;

/// <summary>Runs every quantized kernel once on the path that is named, so that all of them are compiled.</summary>
internal static class KernelProgram
{
    public static int Main(string[] arguments)
    {
        if (arguments is not [var name]) return 2;
        var path = Enum.Parse<KernelPath>(name);
        foreach (var type in BlockFormat.Supported)
        {
            if (MatrixKernel.Get(type, path).Panels is null) continue;
            const int Rows = 32, Columns = 512;
            var weights = QuantizedBlocks.Random(type, Rows * Columns, new Random(1));
            foreach (var tokens in new[] { 1, 5, 12 }) MatrixProduct.Run(MatrixKernel.Get(type, path), weights, Rows, new float[Columns * tokens], tokens, 1, repack: true);
        }
        return 0;
    }
}
