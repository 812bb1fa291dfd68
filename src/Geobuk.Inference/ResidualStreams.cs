using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Geobuk.Inference;

/// <summary>Residual streams of many tokens, [tokens, hidden], in a file that goes with it; the system keeps in memory what fits.</summary>
internal sealed class ResidualStreams : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly int _width;

    public ResidualStreams(int width)
    {
        _width = width;
        _file = File.OpenHandle(Path.Combine(Path.GetTempPath(), $"geobuk-streams-{Guid.NewGuid():n}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }

    public void Write(long token, ReadOnlySpan<float> streams) => RandomAccess.Write(_file, MemoryMarshal.AsBytes(streams), token * _width * sizeof(float));

    public void Read(long token, Span<float> streams)
    {
        var left = MemoryMarshal.AsBytes(streams);
        for (var at = token * _width * sizeof(float); left.Length > 0;)
        {
            var read = RandomAccess.Read(_file, left, at);
            if (read == 0) throw new EndOfStreamException($"the residual stream of token {token} was not written");
            left = left[read..];
            at += read;
        }
    }

    public void Dispose() => _file.Dispose();
}
