namespace Geobuk.Inference.Kernels.Formats;

/// <summary>
/// Unpacked scales of 16 rows over a stretch of up to 256 elements, in lines of 16 lanes. Of formats with blocks of 32: one float
/// per block, and from line 8 on the minima where there are any. Of formats with blocks of 256: scale, scale of the minima (negative), integer scales (twice in each lane), and
/// offsets, two neighbouring groups' in a lane.
/// </summary>
internal readonly unsafe struct StretchScales(byte* lines)
{
    public const int LineBytes = 64;
    public const int Bytes = 26 * LineBytes;

    public byte* Scale(nint block) => unchecked(lines + block * LineBytes);
    public byte* Minimum => unchecked(lines + LineBytes);
    public byte* Integer(nint group) => unchecked(lines + (2 + group) * LineBytes);
    public byte* Offset(int pair) => unchecked(lines + (18 + pair) * LineBytes);

    /// <summary>The lanes from a vector's first on.</summary>
    public StretchScales From(int lane) => unchecked(new(lines + 4 * lane));
}
