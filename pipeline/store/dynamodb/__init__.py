"""The store for several machines: DynamoDB tables, transactions with conditions, large blobs in S3."""

from pipeline.store.dynamodb.store import DynamoStore
from pipeline.store.dynamodb.tables import create_tables, table_definitions

__all__ = ["DynamoStore", "create_tables", "table_definitions"]
