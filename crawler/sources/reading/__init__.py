"""What sources share: loose values, pages of JSON, records of XML, a store's address."""
