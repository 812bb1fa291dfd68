using System.Runtime.Intrinsics;

namespace Geobuk.Training.Kernels;

/// <summary>An element type that kernels compute in single precision.</summary>
internal unsafe interface ICell
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Size { get; }

    /// <summary>Sixteen elements.</summary>
    static abstract Vector512<float> Load(byte* at);

    /// <summary>Sixteen elements, rounded to nearest even.</summary>
    static abstract void Store(byte* at, Vector512<float> values);

    /// <summary>One element.</summary>
    static abstract float LoadOne(byte* at);

    /// <summary>One element.</summary>
    static abstract void StoreOne(byte* at, float value);
}
