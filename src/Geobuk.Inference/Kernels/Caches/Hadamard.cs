using System.Runtime.CompilerServices;

namespace Geobuk.Inference.Kernels.Caches;

/// <summary>
/// x = H x / sqrt(32) on every 32 elements, H the Hadamard matrix (Sylvester 1867). H / sqrt(32) is its own inverse and keeps every dot
/// product, so queries turned like keys give the same scores; but one large element of a block becomes 32 of like size, which few bits
/// round better (QuaRot, Ashkboos et al. 2024, arXiv:2404.00456).
/// </summary>
internal static unsafe class Hadamard
{
    /// <summary>Elements that are turned together.</summary>
    public const int Size = 32;

    /// <summary>Turns a row of a multiple of 32 elements in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Turn(float* row, int width)
    {
        unchecked
        {
            var scale = 1 / MathF.Sqrt(Size);
            for (var end = row + width; row < end; row += Size)
            {
                for (var distance = 1; distance < Size; distance *= 2)
                {
                    for (var i = 0; i < Size; i += 2 * distance)
                    {
                        for (var j = i; j < i + distance; j++) (row[j], row[j + distance]) = (row[j] + row[j + distance], row[j] - row[j + distance]);
                    }
                }
                for (var i = 0; i < Size; i++) row[i] *= scale;
            }
        }
    }
}
