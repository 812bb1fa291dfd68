using System.Runtime.Intrinsics;
using Geobuk.Inference.Kernels;
using Geobuk.Inference.Kernels.InstructionSets;
using Geobuk.Models.Quantization;

namespace Geobuk.Inference.Tests.Kernels;

/// <summary>Runs every quantized kernel and the tiles of attention once on the path that is named, so that all of them are compiled.</summary>
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
        switch (path)
        {
            case KernelPath.Avx512: Attend<Wide512, Vector512<byte>>(); break;
            case KernelPath.Avx2: Attend<Wide256, Vector256<byte>>(); break;
        }
        return 0;
    }

    private static unsafe void Attend<TSet, V>() where TSet : struct, IInstructionSet<V> where V : unmanaged
    {
        const int Size = 64, Positions = KvLayout.BlockPositions;
        using var memory = new NativeBuffer<float>((4 + 4 + Positions) * Size + 4 * Positions);
        var queries = memory.Pointer;
        var keys = queries + 8 * Size;
        var scores = keys + Positions * Size;
        AttentionTile<TSet, V>.ScoreFour(queries, queries + Size, queries + 2 * Size, queries + 3 * Size, keys, Size, 1, scores, Positions);
        var outputs = stackalloc float*[4];
        for (var i = 0; i < 4; i++) outputs[i] = queries + (4 + i) * Size;
        AttentionTile<TSet, V>.MixFour(scores, Positions, keys, Size, Positions, outputs);
    }
}
