namespace Geobuk.Models.Layouts;

/// <summary>The part of a model that a tensor belongs to.</summary>
public enum TensorRole
{
    /// <summary>Token embeddings.</summary>
    Embedding,
    /// <summary>Output projection.</summary>
    Head,
    /// <summary>Norms, their gates included.</summary>
    Norm,
    /// <summary>Attention projections.</summary>
    Attention,
    /// <summary>The sparse attention's indexer; it only steers a choice and gets no gradient.</summary>
    Indexer,
    /// <summary>The gated MLP of a dense layer.</summary>
    Mlp,
    /// <summary>The router of a mixture.</summary>
    Router,
    /// <summary>The experts that every token passes.</summary>
    SharedExpert,
    /// <summary>One of the experts that the router picks.</summary>
    RoutedExpert,
}
